"""Serve the model over HTTP: `uvicorn app:app`, with a page to try it at /docs."""

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from decisions import predict_table
from model import load_model
from rows import SCHEMA, read_rows

MOST_ROWS = 10_000
MOST_PROBLEMS = 100

FOLDER = Path(__file__).parent
CARD: dict[str, Any] = json.loads((FOLDER / "card.json").read_text("utf-8"))
EXPORT: dict[str, str] = json.loads((FOLDER / "export.json").read_text("utf-8"))
MODEL = load_model()

Rows = Annotated[
    list[dict[str, Any]],
    Body(embed=True, description="One object per row.", json_schema_extra={"items": SCHEMA}),
]

app = FastAPI(title=f"Predict {CARD['target']}", version=EXPORT["model"])


@app.exception_handler(RequestValidationError)
def refuse_body(request: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is wrong with a body that holds no list of rows, without repeating it."""
    problems = [
        {"at": "/".join(map(str, found["loc"])), "problem": found["msg"]} for found in error.errors()
    ]
    return JSONResponse({"detail": problems[:MOST_PROBLEMS]}, 422)


@app.get("/health")
def tell_health() -> dict[str, str]:
    """Answer as soon as the model is loaded, and say which it is."""
    return {"status": "ok", "model": EXPORT["model"]}


@app.get("/card")
def show_card() -> dict[str, Any]:
    """Show how the model was trained, and how good it is."""
    return CARD


@app.post("/predict")
def predict(rows: Rows) -> dict[str, Any]:
    """Predict rows; with one that does not fit the schema, answer 422 and say what to send instead."""
    if not rows:
        raise HTTPException(422, "There are no rows: send at least one.")
    if len(rows) > MOST_ROWS:
        raise HTTPException(413, f"{len(rows)} rows are too many: send at most {MOST_ROWS} at once.")
    table, problems, warnings = read_rows(rows)
    if problems:
        raise HTTPException(422, problems[:MOST_PROBLEMS])
    return {"predictions": predict_table(MODEL, table).to_dict("records"), "warnings": warnings}
