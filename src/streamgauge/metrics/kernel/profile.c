/* Feature values as grid.py, cardinality.py and profile.py count them. */
#include "kernel.h"

#include <math.h>

enum { KNOWN, NUL, TEXT, HIGH, LOW, STATS };
enum { CELLS = 512, SIDE = 254, ZERO = 255, REGISTERS = 2048 };
static const double LIMIT = 1e9, SCALE = 1e6;
static const int64_t FIRST = (1023 - 20) * 4 - 1, HALF_BITS = 26;

typedef struct {
    int64_t *stats;
    double *low, *high;
    uint32_t *grid;
    uint8_t *registers;
} Profile;

static inline uint64_t
mixed(uint64_t bits)
{
    bits += 0x9E3779B97F4A7C15u;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    return bits ^ bits >> 31;
}

static inline void
add_number(const Profile *profile, int64_t row, double value)
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
    int64_t step = ((bits & INT64_MAX) >> 50) - FIRST;
    step = step < 0 ? 0 : step > SIDE ? SIDE : step;
    profile->grid[row * CELLS + (bits < 0 ? ZERO - step : ZERO + step)]++;
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

static int
add_features(const Profile *profile, PyObject *features, const int64_t *rows, PyObject *texts)
{
    PyObject *name, *value;
    Py_ssize_t next = 0;
    for (Py_ssize_t at = 0; PyDict_Next(features, &next, &name, &value); at++) {
        if (PyFloat_CheckExact(value)) {
            if (isfinite(PyFloat_AS_DOUBLE(value)))
                add_number(profile, rows[at], PyFloat_AS_DOUBLE(value));
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

/* Counts features; the texts among them as (row, text), None where some cannot be counted here. */
PyObject *
profile(PyObject *module, PyObject *arguments)
{
    PyObject *events, *names, *given[7];
    if (!PyArg_ParseTuple(arguments, "O!O!OOOOOOO", &PyList_Type, &events, &PyTuple_Type, &names,
                          &given[0], &given[1], &given[2], &given[3], &given[4], &given[5],
                          &given[6]))
        return NULL;
    static const char *const kinds[7] = {"lq", "lq", "lq", "d", "d", "I", "B"};
    static const Py_ssize_t sizes[7] = {8, 8, 8, 8, 8, 4, 1};
    Line lines[7];
    int held = 0;
    PyObject *texts = NULL, *answer = NULL;
    for (; held < 7; held++)
        if (line_of(given[held], kinds[held], sizes[held], held > 1, &lines[held]) < 0)
            goto done;
    Py_ssize_t count = PyList_GET_SIZE(events), width = PyTuple_GET_SIZE(names);
    const int64_t *code = lines[0].at, *rows = lines[1].at;
    Py_ssize_t known = lines[3].length, series = width ? lines[1].length / width : 0;
    if (fits(count, lines[0].length) == NULL || fits(known * STATS, lines[2].length) == NULL
        || fits(known, lines[4].length) == NULL
        || fits(known * CELLS, lines[5].length) == NULL
        || fits(known * REGISTERS, lines[6].length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < lines[1].length; at++)
        if (rows[at] < 0 || rows[at] >= known) {
            PyErr_Format(PyExc_IndexError, "no row %lld", (long long)rows[at]);
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
    Profile into = {lines[2].at, lines[3].at, lines[4].at, lines[5].at, lines[6].at};
    for (Py_ssize_t at = 0; at < count; at++)
        if (add_features(&into, PyList_GET_ITEM(events, at), rows + code[at] * width, texts) < 0)
            goto done;
    answer = Py_NewRef(texts);
done:
    Py_XDECREF(texts);
    while (held > 0)
        PyBuffer_Release(&lines[--held].view);
    return answer;
}
