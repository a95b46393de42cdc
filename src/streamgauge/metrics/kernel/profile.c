/* Feature values as grid.py, frozen_grid.py, cardinality.py and profile.py count them. */
#include "kernel.h"

#include <math.h>

enum { KNOWN, NUL, TEXT, HIGH, LOW, STATS };
enum { CELLS = 512, SIDE = 254, ZERO = 255, REGISTERS = 2048 };
/* A line of schema.py: what is allowed, the cuts, and of each group where its cells start and how
 * many a unit has. */
enum { LEAST, MOST, CUTS, GROUPS = 16, STARTS = CUTS + GROUPS, LINE = STARTS + 2 * GROUPS };
enum { INSIDE = CELLS / GROUPS };
static const double LIMIT = 1e9, SCALE = 1e6;
static const int64_t FIRST = (1023 - 20) * 4 - 1, HALF_BITS = 26;

typedef struct {
    int64_t *stats;
    double *low, *high;
    uint32_t *grid;
    uint8_t *registers;
    int64_t *out;
} Profile;

static inline uint64_t
mixed(uint64_t bits)
{
    bits += 0x9E3779B97F4A7C15u;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    return bits ^ bits >> 31;
}

static inline int64_t
generic_cell(int64_t bits)
{
    int64_t step = ((bits & INT64_MAX) >> 50) - FIRST;
    step = step < 0 ? 0 : step > SIDE ? SIDE : step;
    return bits < 0 ? ZERO - step : ZERO + step;
}

static inline int64_t
frozen_cell(const double *line, double value)
{
    /* How many cuts, which ascend, are below the value: by fours, then one by one; no branches. */
    const double *cuts = line + CUTS;
    int64_t group = 4 * ((cuts[3] < value) + (cuts[7] < value) + (cuts[11] < value));
    cuts += group;
    group += (cuts[0] < value) + (cuts[1] < value) + (cuts[2] < value);
    const double *from = line + STARTS + 2 * group;
    double within = (value - from[0]) * from[1];
    /* NaN, of infinity times zero, is cell 0. */
    within = within > 0 ? within : 0;
    within = within < INSIDE - 1 ? within : INSIDE - 1;
    return group * INSIDE + (int64_t)within;
}

/* On the generic grid where there is no line. */
static inline __attribute__((always_inline)) void
add_number(const Profile *profile, int64_t row, const double *line, double value)
{
    value += 0.0; /* Zero has two signs. */
    double bounded = value < -LIMIT ? -LIMIT : value > LIMIT ? LIMIT : value;
    int64_t whole = (int64_t)rint(bounded * SCALE);
    int64_t *stats = profile->stats + row * STATS;
    stats[KNOWN]++;
    stats[HIGH] += whole >> HALF_BITS;
    stats[LOW] += whole & (((int64_t)1 << HALF_BITS) - 1);
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    profile->grid[row * CELLS + (line ? frozen_cell(line, value) : generic_cell(bits))]++;
    if (line && (value < line[LEAST] || value > line[MOST]))
        profile->out[row]++;
    if (value < profile->low[row])
        profile->low[row] = value;
    if (value > profile->high[row])
        profile->high[row] = value;
    uint64_t hash = mixed((uint64_t)bits), rest = hash >> 11;
    uint8_t rho = rest == 0 ? 54 : (uint8_t)(__builtin_ctzll(rest) + 1);
    uint8_t *held = profile->registers + row * REGISTERS + (hash & (REGISTERS - 1));
    if (*held < rho)
        *held = rho;
}

static int
countable(PyObject *features)
{
    PyObject *name, *value;
    Py_ssize_t next = 0;
    while (PyDict_Next(features, &next, &name, &value))
        if (!PyFloat_CheckExact(value) && value != Py_None && !PyUnicode_CheckExact(value))
            return 0;
    return 1;
}

/* `by` has the line of each row, or is NULL where none has one: that loop is one of its own. */
static inline __attribute__((always_inline)) int
add_features(const Profile *profile, PyObject *features, const int64_t *rows, const int64_t *by,
             const double *lines, PyObject *texts)
{
    PyObject *name, *value;
    Py_ssize_t next = 0;
    for (Py_ssize_t at = 0; PyDict_Next(features, &next, &name, &value); at++) {
        if (PyFloat_CheckExact(value)) {
            const double *line = by && by[at] >= 0 ? lines + by[at] * LINE : NULL;
            if (isfinite(PyFloat_AS_DOUBLE(value)))
                add_number(profile, rows[at], line, PyFloat_AS_DOUBLE(value));
            continue;
        }
        profile->stats[rows[at] * STATS + (value == Py_None ? NUL : TEXT)]++;
        if (value != Py_None) {
            PyObject *found = Py_BuildValue("(LO)", (long long)rows[at], value);
            int failed = found == NULL || PyList_Append(texts, found) < 0;
            Py_XDECREF(found);
            if (failed)
                return -1;
        }
    }
    return 0;
}

enum { GIVEN = 10 };

/* Counts features; the texts among them as (row, text), None where some cannot be counted here. */
PyObject *
profile(PyObject *module, PyObject *arguments)
{
    PyObject *events, *names, *given[GIVEN];
    if (!PyArg_ParseTuple(arguments, "O!O!OOOOOOOOOO", &PyList_Type, &events, &PyTuple_Type,
                          &names, &given[0], &given[1], &given[2], &given[3], &given[4], &given[5],
                          &given[6], &given[7], &given[8], &given[9]))
        return NULL;
    static const char *const kinds[GIVEN] = {"lq", "lq", "lq", "d", "lq", "d", "d", "I", "B", "lq"};
    static const Py_ssize_t sizes[GIVEN] = {8, 8, 8, 8, 8, 8, 8, 4, 1, 8};
    Line lines[GIVEN];
    int held = 0;
    PyObject *texts = NULL, *answer = NULL;
    for (; held < GIVEN; held++)
        if (line_of(given[held], kinds[held], sizes[held], held > 3, &lines[held]) < 0)
            goto done;
    Py_ssize_t count = PyList_GET_SIZE(events), width = PyTuple_GET_SIZE(names);
    const int64_t *code = lines[0].at, *rows = lines[1].at, *by = lines[2].at;
    Py_ssize_t known = lines[5].length, series = width ? lines[1].length / width : 0;
    if (fits(count, lines[0].length) == NULL || fits(known * STATS, lines[4].length) == NULL
        || fits(known, lines[6].length) == NULL
        || fits(known * CELLS, lines[7].length) == NULL
        || fits(known * REGISTERS, lines[8].length) == NULL
        || fits(known, lines[9].length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < lines[1].length; at++)
        if (rows[at] < 0 || rows[at] >= known) {
            PyErr_Format(PyExc_IndexError, "no row %lld", (long long)rows[at]);
            goto done;
        }
    if (lines[2].length == 0)
        by = NULL;
    else if (fits(lines[1].length, lines[2].length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < lines[2].length; at++)
        if (by[at] >= lines[3].length / LINE) {
            PyErr_Format(PyExc_IndexError, "no line %lld", (long long)by[at]);
            goto done;
        }
    for (Py_ssize_t at = 0; at < count; at++) {
        if (code[at] < 0 || code[at] >= series) {
            PyErr_Format(PyExc_IndexError, "no series %lld", (long long)code[at]);
            goto done;
        }
        PyObject *features = PyList_GET_ITEM(events, at);
        if (!PyDict_CheckExact(features) || !named(features, names) || !countable(features)) {
            answer = Py_NewRef(Py_None);
            goto done;
        }
    }
    if ((texts = PyList_New(0)) == NULL)
        goto done;
    Profile into = {lines[4].at, lines[5].at, lines[6].at, lines[7].at, lines[8].at, lines[9].at};
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *features = PyList_GET_ITEM(events, at);
        Py_ssize_t first = code[at] * width;
        if ((by ? add_features(&into, features, rows + first, by + first, lines[3].at, texts)
                : add_features(&into, features, rows + first, NULL, NULL, texts))
            < 0)
            goto done;
    }
    answer = Py_NewRef(texts);
done:
    Py_XDECREF(texts);
    while (held > 0)
        PyBuffer_Release(&lines[--held].view);
    return answer;
}
