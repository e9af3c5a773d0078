"""The small typed language of rule conditions: syntax, parser, type check, three-valued evaluation, plain words."""
