/* Reads one line of a tuning dataset whose turns are texts. */
#ifndef RETUNE_PLAIN_LINE_H
#define RETUNE_PLAIN_LINE_H

#include "json_string.h"

#define MAX_TURNS 128
#define MAX_TEXTS 256

struct texts {
  struct text all[MAX_TEXTS];
  int count;
};

/* What a line says.

   said: the texts of the turns, one turn after the other.
   ends: for each turn the number of texts up to its end.
   turns: user and model in turn, so an even number.
   told: the texts of the system instruction. */
struct plain_line {
  struct texts said;
  int ends[MAX_TURNS];
  int turns;
  struct texts told;
};

/* Read the line at the cursor. False when it is not certainly a valid example without findings whose turns have texts
   only; what it is then only another reader can tell. */
bool read_plain_line(struct cursor *cursor, struct plain_line *line);

#endif
