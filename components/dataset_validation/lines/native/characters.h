/* What a character of a text is: its bytes in UTF-8, and whether a text should contain it.

   The ranges are those of lines/characters.py; a test compares the two for every character there is. */
#ifndef RETUNE_CHARACTERS_H
#define RETUNE_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAST_CHARACTER 0x10FFFFu

static inline bool is_between(uint32_t number, uint32_t first, uint32_t last) { return number - first <= last - first; }

static inline bool is_surrogate(uint32_t character) { return is_between(character, 0xD800, 0xDFFF); }

/* Whether a text may contain the character: neither control character nor invisible, and not what stands for a loss. */
static inline bool is_wanted(uint32_t character) {
  if (character < 0x20) return character == '\t' || character == '\n' || character == '\r';
  if (character < 0x7F) return true;
  if (character < 0xA0) return false;
  if (character < 0x200B) return true;
  return character != 0x200B && !is_between(character, 0x202A, 0x202E) && !is_between(character, 0x2060, 0x2064) &&
         !is_between(character, 0x2066, 0x2069) && character != 0xFEFF && character != 0xFFFD;
}

/* Whether Python's str.isspace holds for a wanted character. */
static inline bool is_space(uint32_t character) {
  if (character < 0x80) return character == ' ' || is_between(character, '\t', '\r');
  return character == 0xA0 || character == 0x1680 || is_between(character, 0x2000, 0x200A) ||
         is_between(character, 0x2028, 0x2029) || character == 0x202F || character == 0x205F || character == 0x3000;
}

/* The character in lower case, where Unicode's NFKC and case folding do no more to it and leave its neighbours alone;
   0 for every other one. Latin, Cyrillic, Chinese, Japanese and Korean letters, some punctuation. */
static inline uint32_t fold(uint32_t character) {
  if (character < 0x80) return is_between(character, 'A', 'Z') ? character + 0x20 : character;
  if (is_between(character, 0xC0, 0xFF) && character != 0xDF) {
    return character < 0xDF && character != 0xD7 ? character + 0x20 : character;
  }
  if (is_between(character, 0x400, 0x45F)) return character + (character < 0x410 ? 0x50 : character < 0x430 ? 0x20 : 0);
  if (is_between(character, 0x4E00, 0x9FFF) || is_between(character, 0xAC00, 0xD7A3) ||
      is_between(character, 0x3041, 0x3096) || is_between(character, 0x30A1, 0x30FC) ||
      is_between(character, 0x3001, 0x3003) || is_between(character, 0x2013, 0x2014) ||
      is_between(character, 0x2018, 0x201F)) {
    return character;
  }
  return 0;
}

static inline bool continues(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/* Read the character outside ASCII that begins at `at`; its number of bytes, 0 when they are no UTF-8 (RFC 3629). */
static inline size_t read_character(const uint8_t *at, const uint8_t *end, uint32_t *character) {
  const size_t left = (size_t)(end - at);
  const uint8_t lead = at[0];
  if (is_between(lead, 0xC2, 0xDF) && left >= 2 && continues(at[1])) {
    *character = (lead & 0x1Fu) << 6 | (at[1] & 0x3Fu);
    return 2;
  }
  if (is_between(lead, 0xE0, 0xEF) && left >= 3 && continues(at[1]) && continues(at[2])) {
    *character = (lead & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    return *character >= 0x800 && !is_surrogate(*character) ? 3 : 0;
  }
  if (is_between(lead, 0xF0, 0xF4) && left >= 4 && continues(at[1]) && continues(at[2]) && continues(at[3])) {
    *character = (lead & 0x07u) << 18 | (at[1] & 0x3Fu) << 12 | (at[2] & 0x3Fu) << 6 | (at[3] & 0x3Fu);
    return is_between(*character, 0x10000, LAST_CHARACTER) ? 4 : 0;
  }
  return 0;
}

/* The number of bytes of the character at `at` when its first byte alone says that it is wanted, as of most letters;
   0 for any other one. */
static inline size_t skip_letter(const uint8_t *at, const uint8_t *end) {
  const uint8_t lead = at[0];
  if (end - at < 3 || !continues(at[1])) return 0;
  if (is_between(lead, 0xC3, 0xDF)) return 2;
  return is_between(lead, 0xE3, 0xEC) && continues(at[2]) ? 3 : 0;
}

/* Write a character as UTF-8; its number of bytes, at most 4. */
static inline size_t write_character(uint32_t character, uint8_t *to) {
  if (character < 0x80) {
    to[0] = (uint8_t)character;
    return 1;
  }
  if (character < 0x800) {
    to[0] = (uint8_t)(0xC0 | character >> 6);
    to[1] = (uint8_t)(0x80 | (character & 0x3F));
    return 2;
  }
  if (character < 0x10000) {
    to[0] = (uint8_t)(0xE0 | character >> 12);
    to[1] = (uint8_t)(0x80 | (character >> 6 & 0x3F));
    to[2] = (uint8_t)(0x80 | (character & 0x3F));
    return 3;
  }
  to[0] = (uint8_t)(0xF0 | character >> 18);
  to[1] = (uint8_t)(0x80 | (character >> 12 & 0x3F));
  to[2] = (uint8_t)(0x80 | (character >> 6 & 0x3F));
  to[3] = (uint8_t)(0x80 | (character & 0x3F));
  return 4;
}

#endif
