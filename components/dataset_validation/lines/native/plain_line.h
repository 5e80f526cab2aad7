/* Reads one line of a tuning dataset whose turns are texts and files in Cloud Storage. */
#ifndef RETUNE_PLAIN_LINE_H
#define RETUNE_PLAIN_LINE_H

#include "json_string.h"

#define MAX_TURNS 128
#define MAX_TEXTS 256
#define MAX_FILES 32

/* A part that names a file: its MIME type, and where its address stands among the texts. */
struct file {
  struct text mime_type;
  int text;
};

struct texts {
  struct text all[MAX_TEXTS];
  int count;
};

/* What a line says.

   said: the texts of the turns, one turn after the other; of a file its address.
   ends: for each turn the number of texts up to its end.
   turns: user and model in turn, so an even number.
   files: those among the texts that are addresses.
   file_count: their number.
   told: the texts of the system instruction. */
struct plain_line {
  struct texts said;
  int ends[MAX_TURNS];
  int turns;
  struct file files[MAX_FILES];
  int file_count;
  struct texts told;
};

/* Read the line at the cursor. False when it is not certainly a valid example without findings whose turns have texts and
   files and whose answer has a text; what it is then only another reader can tell. */
bool read_plain_line(struct cursor *cursor, struct plain_line *line);

#endif
