"""What a user would take instead: one program each, with nothing of Retune in it.

Each is run as `python PROGRAM FILE MESSAGES SCHEMA`: the dataset in Gemini's format, the same in OpenAI's, and a JSON
schema of the former. `CHECKS` says what it looks at; all of them look at the syntax.
"""
