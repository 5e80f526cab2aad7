"""The loop of `cookbook_list` line by line, in the manner of OpenAI's cookbook for fine-tuning data."""

import json
import sys
from collections import Counter

CHECKS = "messages, roles, contents; line by line"

errors: Counter[str] = Counter()
for line in open(sys.argv[2], encoding="utf-8"):
    example = json.loads(line)
    messages = example.get("messages") if isinstance(example, dict) else None
    if not messages:
        errors["no messages"] += 1
        continue
    for message in messages:
        if "role" not in message or "content" not in message:
            errors["a key is missing"] += 1
        if any(key not in ("role", "content", "name", "function_call", "weight") for key in message):
            errors["an unknown key"] += 1
        if message.get("role") not in ("system", "user", "assistant", "function"):
            errors["an unknown role"] += 1
        content = message.get("content")
        if (not content and not message.get("function_call")) or not isinstance(content, str):
            errors["no content"] += 1
    if not any(message.get("role") == "assistant" for message in messages):
        errors["no answer"] += 1
assert not errors, errors
