"""How good a configuration is: from its predictions for rows that it was not fitted on.

Nothing here knows Kedro or a tracker.
"""
