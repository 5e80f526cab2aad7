#include "plain_line.h"

#include <string.h>

#define STORAGE "gs://"
#define TAKE_STRING(cursor, bytes) take_string(cursor, bytes, sizeof(bytes) - 1)

/* {"mimeType": "...", "fileUri": "gs://..."}, the keys in any order. */
static bool take_file(struct cursor *cursor, struct text *mime_type, struct text *address) {
  bool typed = false, placed = false;
  if (!take(cursor, '{')) return false;
  do {
    if (!typed && TAKE_STRING(cursor, "mimeType")) {
      typed = take(cursor, ':') && take_text(cursor, mime_type) && memchr(mime_type->begin, '/', mime_type->size) != NULL;
      if (!typed) return false;
    } else if (!placed && TAKE_STRING(cursor, "fileUri")) {
      placed = take(cursor, ':') && take_text(cursor, address) && address->size >= strlen(STORAGE) &&
               memcmp(address->begin, STORAGE, strlen(STORAGE)) == 0;
      if (!placed) return false;
    } else {
      return false;
    }
  } while (take(cursor, ','));
  return typed && placed && take(cursor, '}');
}

/* {"text": "..."} that is not empty, or, where there are files, {"fileData": {...}}. */
static bool take_part(struct cursor *cursor, struct texts *texts, struct plain_line *line) {
  if (texts->count == MAX_TEXTS || !take(cursor, '{')) return false;
  struct text *text = &texts->all[texts->count++];
  if (TAKE_STRING(cursor, "text")) {
    return take(cursor, ':') && take_text(cursor, text) && says_something(text) && take(cursor, '}');
  }
  if (line == NULL || line->file_count == MAX_FILES || !TAKE_STRING(cursor, "fileData")) return false;
  struct file *file = &line->files[line->file_count++];
  file->text = texts->count - 1;
  return take(cursor, ':') && take_file(cursor, &file->mime_type, text) && take(cursor, '}');
}

/* [part, part, ...]: at least one. Files are noted in the line; without one there must be none. */
static bool take_parts(struct cursor *cursor, struct texts *texts, struct plain_line *line) {
  if (!take(cursor, '[')) return false;
  do {
    if (!take_part(cursor, texts, line)) return false;
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
      parts = take(cursor, ':') && take_parts(cursor, &line->said, line);
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

/* Whether the last turn has a text besides files. */
static bool answers_in_text(const struct plain_line *line) {
  const int first = line->ends[line->turns - 2];
  int files = 0;
  for (int number = 0; number < line->file_count; number++) files += line->files[number].text >= first;
  return files < line->said.count - first;
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
      parts = take(cursor, ':') && take_parts(cursor, told, NULL);
      if (!parts) return false;
    } else {
      return false;
    }
  } while (take(cursor, ','));
  return parts && take(cursor, '}');
}

bool read_plain_line(struct cursor *cursor, struct plain_line *line) {
  bool contents = false, system = false;
  line->turns = line->said.count = line->told.count = line->file_count = 0;
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
  return contents && take(cursor, '}') && is_at_end(cursor) && answers_in_text(line);
}
