#include "plain_line.h"

#define TAKE_STRING(cursor, bytes) take_string(cursor, bytes, sizeof(bytes) - 1)

/* [{"text": "..."}, ...]: at least one, none of them empty. */
static bool take_parts(struct cursor *cursor, struct texts *texts) {
  if (!take(cursor, '[')) return false;
  do {
    if (texts->count == MAX_TEXTS) return false;
    struct text *text = &texts->all[texts->count++];
    if (!take(cursor, '{') || !TAKE_STRING(cursor, "text") || !take(cursor, ':')) return false;
    if (!take_text(cursor, text) || !says_something(text) || !take(cursor, '}')) return false;
  } while (take(cursor, ','));
  return take(cursor, ']');
}

/* {"role": "...", "parts": [...]}, the keys in any order. */
static bool take_turn(struct cursor *cursor, struct plain_line *line) {
  const bool asks = line->turns % 2 == 0;
  bool role = false, parts = false;
  if (!take(cursor, '{')) return false;
  do {
    if (!role && TAKE_STRING(cursor, "role")) {
      role = take(cursor, ':') && (asks ? TAKE_STRING(cursor, "user") : TAKE_STRING(cursor, "model"));
      if (!role) return false;
    } else if (!parts && TAKE_STRING(cursor, "parts")) {
      parts = take(cursor, ':') && take_parts(cursor, &line->said);
      if (!parts) return false;
    } else {
      return false;
    }
  } while (take(cursor, ','));
  return role && parts && take(cursor, '}');
}

/* [turn, turn, ...]: user and model in turn, the model last. */
static bool take_contents(struct cursor *cursor, struct plain_line *line) {
  if (!take(cursor, '[')) return false;
  do {
    if (line->turns == MAX_TURNS || !take_turn(cursor, line)) return false;
    line->ends[line->turns++] = line->said.count;
  } while (take(cursor, ','));
  return line->turns % 2 == 0 && take(cursor, ']');
}

/* {"parts": [...]}, perhaps with a role, which the format does not look at. */
static bool take_system(struct cursor *cursor, struct texts *told) {
  bool role = false, parts = false;
  struct text ignored;
  if (!take(cursor, '{')) return false;
  do {
    if (!role && TAKE_STRING(cursor, "role")) {
      role = take(cursor, ':') && take_text(cursor, &ignored);
      if (!role) return false;
    } else if (!parts && TAKE_STRING(cursor, "parts")) {
      parts = take(cursor, ':') && take_parts(cursor, told);
      if (!parts) return false;
    } else {
      return false;
    }
  } while (take(cursor, ','));
  return parts && take(cursor, '}');
}

bool read_plain_line(struct cursor *cursor, struct plain_line *line) {
  bool contents = false, system = false;
  line->turns = line->said.count = line->told.count = 0;
  if (!take(cursor, '{')) return false;
  do {
    if (!contents && TAKE_STRING(cursor, "contents")) {
      contents = take(cursor, ':') && take_contents(cursor, line);
      if (!contents) return false;
    } else if (!system && TAKE_STRING(cursor, "systemInstruction")) {
      system = take(cursor, ':') && take_system(cursor, &line->told);
      if (!system) return false;
    } else {
      return false;
    }
  } while (take(cursor, ','));
  return contents && take(cursor, '}') && is_at_end(cursor);
}
