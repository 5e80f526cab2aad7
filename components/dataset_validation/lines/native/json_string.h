/* Reads the strings of a line, and what stands between them. */
#ifndef RETUNE_JSON_STRING_H
#define RETUNE_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a line that is being read.

   at, end: what is left of the line.
   free: where decoded texts may be written; as many bytes as are left of the line always fit, because a character takes
   more bytes as an escape than as UTF-8. */
struct cursor {
  const uint8_t *at;
  const uint8_t *end;
  uint8_t *free;
};

/* A decoded string: UTF-8 in the line itself, or where its cursor wrote it.

   chars: number of its characters. */
struct text {
  const uint8_t *begin;
  size_t size;
  size_t chars;
};

/* Go past white space and this character; false when something else stands there. */
bool take(struct cursor *cursor, uint8_t character);

/* Go past white space and the string with exactly these bytes, written without escapes; false when there is another. */
bool take_string(struct cursor *cursor, const char *bytes, size_t size);

/* Read the string that begins after white space. False when there is none, when it is no JSON, or when it has a
   character that a text should not contain. */
bool take_text(struct cursor *cursor, struct text *text);

/* Whether nothing but white space is left. */
bool is_at_end(struct cursor *cursor);

/* Whether a text has a character that is no white space. */
bool says_something(const struct text *text);

#endif
