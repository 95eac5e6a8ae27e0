"""The starter: `kedro new` makes a project of the user's own from this one."""
