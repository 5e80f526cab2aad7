/* `plain_lines.read_lines`: what the Python side of the reader of plain lines calls. */
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include <string.h>

#include "characters.h"
#include "plain_line.h"

#define TURN_SEPARATOR '\x1e'
#define PART_SEPARATOR '\x1f'
#define TAIL_BYTES 40

static const char *const ROLES[] = {"user", "model"};

/* What `read_lines` needs while it reads a block.

   line: the texts of the line that is read.
   decoded: where texts with escapes are written, as large as the block.
   told: the last system instruction, which often is that of the next line too. */
struct reader {
  struct plain_line line;
  uint8_t *decoded;
  PyObject *told;
};

static char *write_parts(const struct text *texts, int count, char *to) {
  for (int place = 0; place < count; place++) {
    if (place > 0) *to++ = PART_SEPARATOR;
    memcpy(to, texts[place].begin, texts[place].size);
    to += texts[place].size;
  }
  return to;
}

/* The texts of one turn as `join_parts` joins them, with the number of their characters. */
static PyObject *parts_joined(const struct text *texts, int count, size_t *chars) {
  size_t size = (size_t)(count - 1);
  *chars = size;
  for (int place = 0; place < count; place++) {
    size += texts[place].size;
    *chars += texts[place].chars;
  }
  if (count == 1) return PyBytes_FromStringAndSize((const char *)texts->begin, (Py_ssize_t)size);
  PyObject *joined = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
  if (joined != NULL) write_parts(texts, count, PyBytes_AsString(joined));
  return joined;
}

/* All turns but the last one as `join_turns` joins them. */
static PyObject *prompt_of(const struct plain_line *line, size_t *chars) {
  const int turns = line->turns - 1, count = line->ends[turns - 1];
  const struct text *texts = line->said.all;
  if (count == 1) return parts_joined(texts, 1, chars);
  /* One separator for each part: of turns, of parts, or after the role of the first turn. */
  size_t size = (size_t)count;
  for (int turn = 0; turn < turns; turn++) size += strlen(ROLES[turn % 2]) + (turn > 0);
  *chars = size;
  for (int place = 0; place < count; place++) {
    size += texts[place].size;
    *chars += texts[place].chars;
  }
  PyObject *joined = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
  if (joined == NULL) return NULL;
  char *to = PyBytes_AsString(joined);
  for (int turn = 0, first = 0; turn < turns; first = line->ends[turn++]) {
    const char *role = ROLES[turn % 2];
    if (turn > 0) *to++ = TURN_SEPARATOR;
    memcpy(to, role, strlen(role));
    to += strlen(role);
    *to++ = PART_SEPARATOR;
    to = write_parts(texts + first, line->ends[turn] - first, to);
  }
  return joined;
}

/* The system instruction; the object of the line before when it is the same. */
static PyObject *told_by(struct reader *reader) {
  const struct texts *told = &reader->line.told;
  size_t chars;
  if (told->count == 0) return PyBytes_FromStringAndSize(NULL, 0);
  if (told->count == 1 && reader->told != NULL && (size_t)PyBytes_Size(reader->told) == told->all->size &&
      memcmp(PyBytes_AsString(reader->told), told->all->begin, told->all->size) == 0) {
    Py_INCREF(reader->told);
    return reader->told;
  }
  PyObject *joined = parts_joined(told->all, told->count, &chars);
  if (joined != NULL && told->count == 1) {
    Py_XDECREF(reader->told);
    Py_INCREF(joined);
    reader->told = joined;
  }
  return joined;
}

/* Put an object that may have failed to be made into a tuple; false when it has. */
static bool put(PyObject *tuple, Py_ssize_t place, PyObject *item) {
  return item != NULL && PyTuple_SetItem(tuple, place, item) == 0;
}

/* White space of ASCII for Python's str.split. */
static bool is_split_at(uint8_t byte) { return is_between(byte, '\t', '\r') || is_between(byte, 0x1C, ' '); }

/* The end of a prompt as LineTexts has it. */
static PyObject *tail_of(PyObject *prompt) {
  const uint8_t *const begin = (const uint8_t *)PyBytes_AsString(prompt), *const end = begin + PyBytes_Size(prompt);
  const uint8_t *at = end;
  uint8_t tail[TAIL_BYTES], folded[4];
  size_t missing = TAIL_BYTES;
  while (missing > 0 && at > begin) {
    uint32_t character = *--at;
    if (is_split_at((uint8_t)character)) continue;
    if (character >= 0x80) {
      while (continues(*at)) at--;
      read_character(at, end, &character);
    }
    character = fold(character);
    if (character == 0) Py_RETURN_NONE;
    for (size_t bytes = write_character(character, folded); bytes > 0 && missing > 0;) tail[--missing] = folded[--bytes];
  }
  return PyBytes_FromStringAndSize((const char *)tail, missing > 0 ? 0 : TAIL_BYTES);
}

static PyObject *string_of(const struct text *text) {
  return PyUnicode_DecodeUTF8((const char *)text->begin, (Py_ssize_t)text->size, NULL);
}

/* MIME type, address, turn and number in the turn of a file. */
static PyObject *file_of(const struct plain_line *line, const struct file *file) {
  int turn = 0, first = 0;
  while (file->text >= line->ends[turn]) first = line->ends[turn++];
  PyObject *found = PyTuple_New(4);
  if (found == NULL) return NULL;
  if (put(found, 0, string_of(&file->mime_type)) && put(found, 1, string_of(&line->said.all[file->text])) &&
      put(found, 2, PyLong_FromLong(turn)) && put(found, 3, PyLong_FromLong(file->text - first))) {
    return found;
  }
  Py_DECREF(found);
  return NULL;
}

static PyObject *files_of(const struct plain_line *line) {
  PyObject *found = PyTuple_New(line->file_count);
  if (found == NULL) return NULL;
  for (int number = 0; number < line->file_count; number++) {
    if (!put(found, number, file_of(line, &line->files[number]))) {
      Py_DECREF(found);
      return NULL;
    }
  }
  return found;
}

static PyObject *texts_of(struct reader *reader) {
  const struct plain_line *line = &reader->line;
  const int answer = line->ends[line->turns - 2];
  size_t prompt_chars, answer_chars;
  PyObject *prompt = prompt_of(line, &prompt_chars), *found = PyTuple_New(8);
  if (found == NULL) {
    Py_XDECREF(prompt);
    return NULL;
  }
  if (put(found, 0, prompt) &&
      put(found, 1, parts_joined(line->said.all + answer, line->said.count - answer, &answer_chars)) &&
      put(found, 2, told_by(reader)) && put(found, 3, PyLong_FromLong(line->turns)) &&
      put(found, 4, PyLong_FromSize_t(prompt_chars)) && put(found, 5, PyLong_FromSize_t(answer_chars)) &&
      put(found, 6, files_of(line)) && put(found, 7, tail_of(prompt))) {
    return found;
  }
  Py_DECREF(found);
  return NULL;
}

/* Append what each line of the block says to the list; false with an exception when memory is short. */
static bool read_block(struct reader *reader, const uint8_t *at, const uint8_t *end, PyObject *found) {
  while (at < end) {
    const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
    if (line_end == NULL) line_end = end;
    struct cursor cursor = {at, line_end, reader->decoded};
    PyObject *item = read_plain_line(&cursor, &reader->line)
                         ? texts_of(reader)
                         : PyBytes_FromStringAndSize((const char *)at, line_end - at);
    if (item == NULL) return false;
    const int failed = PyList_Append(found, item);
    Py_DECREF(item);
    if (failed) return false;
    at = line_end + 1;
  }
  return true;
}

PyDoc_STRVAR(read_doc, "read_lines(block, /)\n--\n\nWhat the lines of a block say; see plain_lines.pyi.");

static PyObject *read_lines(PyObject *module, PyObject *block) {
  (void)module;
  char *bytes;
  Py_ssize_t size;
  if (PyBytes_AsStringAndSize(block, &bytes, &size) < 0) return NULL;
  struct reader *reader = PyMem_Malloc(sizeof(struct reader));
  uint8_t *decoded = PyMem_Malloc((size_t)size);
  PyObject *found = PyList_New(0);
  if (reader == NULL || decoded == NULL) {
    Py_CLEAR(found);
    PyErr_NoMemory();
  } else if (found != NULL) {
    reader->decoded = decoded;
    reader->told = NULL;
    if (!read_block(reader, (const uint8_t *)bytes, (const uint8_t *)bytes + size, found)) Py_CLEAR(found);
    Py_XDECREF(reader->told);
  }
  PyMem_Free(decoded);
  PyMem_Free(reader);
  return found;
}

static PyMethodDef methods[] = {{"read_lines", read_lines, METH_O, read_doc}, {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "plain_lines", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit_plain_lines(void) { return PyModuleDef_Init(&definition); }
