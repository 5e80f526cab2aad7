#include "json_string.h"

#include <string.h>

#include "characters.h"

static void skip_space(struct cursor *cursor) {
  while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' || *cursor->at == '\r')) cursor->at++;
}

bool take(struct cursor *cursor, uint8_t character) {
  skip_space(cursor);
  if (cursor->at == cursor->end || *cursor->at != character) return false;
  cursor->at++;
  return true;
}

bool take_string(struct cursor *cursor, const char *bytes, size_t size) {
  skip_space(cursor);
  if ((size_t)(cursor->end - cursor->at) < size + 2) return false;
  if (cursor->at[0] != '"' || cursor->at[size + 1] != '"' || memcmp(cursor->at + 1, bytes, size) != 0) return false;
  cursor->at += size + 2;
  return true;
}

bool is_at_end(struct cursor *cursor) {
  skip_space(cursor);
  return cursor->at == cursor->end;
}

bool says_something(const struct text *text) {
  const uint8_t *at = text->begin, *end = at + text->size;
  while (at < end) {
    uint32_t character = *at;
    size_t bytes = 1;
    if (character >= 0x80) bytes = read_character(at, end, &character);
    if (!is_space(character)) return true;
    at += bytes;
  }
  return false;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "of eight bytes in a number, the first has to be the lowest"
#endif

/* A byte of a string that is a whole character and stands for itself. */
static inline bool is_ordinary(uint8_t byte) { return is_between(byte, 0x20, 0x7E) && byte != '"' && byte != '\\'; }

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bits of those of eight bytes that are below a number of at most 0x80; above the first one it may err. */
static inline uint64_t below(uint64_t bytes, uint8_t number) { return (bytes - EACH(number)) & ~bytes & EACH(0x80); }

static inline uint64_t not_ordinary(uint64_t bytes) {
  const uint64_t above = ((bytes + EACH(1)) | bytes) & EACH(0x80);
  return below(bytes, 0x20) | below(bytes ^ EACH('"'), 1) | below(bytes ^ EACH('\\'), 1) | above;
}

static const uint8_t *skip_ordinary(const uint8_t *at, const uint8_t *end) {
  while (end - at >= 8) {
    uint64_t bytes;
    memcpy(&bytes, at, 8);
    const uint64_t found = not_ordinary(bytes);
    if (found != 0) return at + __builtin_ctzll(found) / 8;
    at += 8;
  }
  while (at < end && is_ordinary(*at)) at++;
  return at;
}

static bool read_hex(const uint8_t *at, const uint8_t *end, uint32_t *number) {
  if (end - at < 4) return false;
  *number = 0;
  for (int place = 0; place < 4; place++) {
    const uint8_t digit = at[place], letter = digit | 0x20;
    if (is_between(digit, '0', '9')) {
      *number = *number << 4 | (uint32_t)(digit - '0');
    } else if (is_between(letter, 'a', 'f')) {
      *number = *number << 4 | (uint32_t)(letter - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

/* Read what follows a backslash; its number of bytes, 0 when it is no escape or a lone surrogate. */
static size_t read_escape(const uint8_t *at, const uint8_t *end, uint32_t *character) {
  if (at == end) return 0;
  switch (*at) {
    case '"':
    case '\\':
    case '/':
      *character = *at;
      return 1;
    case 'n':
      *character = '\n';
      return 1;
    case 'r':
      *character = '\r';
      return 1;
    case 't':
      *character = '\t';
      return 1;
    case 'u':
      break;
    default:
      /* \b and \f stand for control characters, which no text should contain. */
      return 0;
  }
  if (!read_hex(at + 1, end, character)) return 0;
  if (!is_surrogate(*character)) return 5;
  uint32_t low;
  if (*character >= 0xDC00 || end - at < 11 || at[5] != '\\' || at[6] != 'u' || !read_hex(at + 7, end, &low)) return 0;
  if (!is_between(low, 0xDC00, 0xDFFF)) return 0;
  *character = 0x10000 + ((*character - 0xD800) << 10) + (low - 0xDC00);
  return 11;
}

bool take_text(struct cursor *cursor, struct text *text) {
  if (!take(cursor, '"')) return false;
  const uint8_t *const begin = cursor->at, *const end = cursor->end;
  const uint8_t *at = begin, *copied = begin;
  uint8_t *to = cursor->free;
  size_t continuing = 0;
  for (;;) {
    at = skip_ordinary(at, end);
    uint32_t character;
    size_t bytes;
    if (at == end) return false;
    if (*at == '"') break;
    if (*at >= 0x80) {
      do {
        bytes = skip_letter(at, end);
        if (bytes == 0) {
          bytes = read_character(at, end, &character);
          if (bytes == 0 || !is_wanted(character)) return false;
        }
        at += bytes;
        continuing += bytes - 1;
      } while (at < end && *at >= 0x80);
    } else if (*at == '\\') {
      memcpy(to, copied, (size_t)(at - copied));
      to += at - copied;
      do {
        bytes = read_escape(at + 1, end, &character);
        if (bytes == 0 || !is_wanted(character)) return false;
        at += 1 + bytes;
        bytes = write_character(character, to);
        to += bytes;
        continuing += bytes - 1;
      } while (at < end && *at == '\\');
      copied = at;
    } else {
      return false;
    }
  }
  if (copied == begin) {
    *text = (struct text){begin, (size_t)(at - begin), 0};
  } else {
    memcpy(to, copied, (size_t)(at - copied));
    to += at - copied;
    *text = (struct text){cursor->free, (size_t)(to - cursor->free), 0};
    cursor->free = to;
  }
  text->chars = text->size - continuing;
  cursor->at = at + 1;
  return true;
}
