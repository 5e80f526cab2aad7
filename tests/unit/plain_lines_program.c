/* Reads the lines of standard input, each from memory of exactly its size, so that a sanitizer sees every byte too far.
   Writes 1 for each line that is accepted and 0 for each other one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain_line.h"

static struct plain_line said;

static bool accepts(const char *bytes, size_t size) {
  uint8_t *line = malloc(size), *decoded = malloc(size);
  if (line == NULL || decoded == NULL) abort();
  memcpy(line, bytes, size);
  struct cursor cursor = {line, line + size, decoded};
  const bool accepted = read_plain_line(&cursor, &said);
  free(decoded);
  free(line);
  return accepted;
}

int main(void) {
  char *line = NULL;
  size_t capacity = 0;
  ssize_t size;
  while ((size = getline(&line, &capacity, stdin)) > 0) putchar(accepts(line, (size_t)size - 1) ? '1' : '0');
  free(line);
  return 0;
}
