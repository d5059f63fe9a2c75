#!/usr/bin/python3
"""driver_schemas.py SCHEMAS DIRECTORY: holds the requests in DIRECTORY, and the answers beside them, to the schemas.
driver_schemas.py SCHEMAS --dry-run FILE: the same of the plan in what `run --dry-run` has printed."""
import json
import os
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import jsonschema

folder, *rest = sys.argv[1:]
schemas = {name: json.load(open(f"{folder}/{name}")) for name in os.listdir(folder)}
for schema in schemas.values():
    jsonschema.Draft7Validator.check_schema(schema)


def check(document, name, part=None):
    base = f"file:///schemas/{name}"
    store = {f"file:///schemas/{other}": {**schema, "$id": f"file:///schemas/{other}"}
             for other, schema in schemas.items()}
    resolver = jsonschema.RefResolver(base, store[base], store=store)
    schema = {"$ref": base + (f"#/definitions/{part}" if part else "")}
    jsonschema.Draft7Validator(schema, resolver=resolver).validate(document)


def is_valid(*arguments):
    try:
        check(*arguments)
        return True
    except jsonschema.ValidationError:
        return False


# The validator is one.
assert not is_valid([{"step": "bind", "source": 1, "target": "/x"}], "plan.schema.json")
assert not is_valid({"protocol": 2}, "reopen.schema.json", "answer")
if rest[0] == "--dry-run":
    check(json.load(open(rest[1]))["initMessage"]["plan"], "plan.schema.json")
    sys.exit()
seen = set()
for name in sorted(os.listdir(rest[0])):
    if name.endswith(".answer"):
        continue
    request = json.load(open(f"{rest[0]}/{name}"))
    answer = json.load(open(f"{rest[0]}/{name}.answer"))
    seen.add(request["verb"])
    check(request, request["verb"] + ".schema.json", "request")
    check(answer, request["verb"] + ".schema.json", "answer")
print(*sorted(seen))
