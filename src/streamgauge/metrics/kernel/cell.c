/* Additions to the cells of a table. */
#include "kernel.h"

/* Cells get one for each of the first (place, cell), and an amount for each of the last ones. */
PyObject *
mark(PyObject *module, PyObject *arguments)
{
    PyObject *given[6];
    Line lines[6];
    Py_ssize_t width;
    int held = 0;
    if (!PyArg_ParseTuple(arguments, "OnOOOOO", &given[0], &width, &given[1], &given[2],
                          &given[3], &given[4], &given[5]))
        return NULL;
    PyObject *answer = NULL;
    for (; held < 6; held++)
        if (line_of(given[held], "lq", 8, held == 0 || held == 5, &lines[held]) < 0)
            goto done;
    int64_t *cells = lines[0].at, *events = lines[5].at;
    const int64_t *rows = lines[1].at, *place = lines[2].at, *cell = lines[3].at;
    const int64_t *amount = lines[4].at;
    Py_ssize_t count = lines[2].length, ones = count - lines[4].length;
    if (fits(count, lines[3].length) == NULL || fits(0, ones) == NULL)
        goto done;
    /* Looked at before anything is added: what cannot be counted whole is not counted at all. */
    for (Py_ssize_t at = 0; at < count; at++) {
        int64_t from = place[at];
        int64_t row = from >= 0 && from < lines[1].length ? rows[from] : -1;
        if (row < 0 || row >= lines[5].length || cell[at] < 0 || cell[at] >= width
            || row * width + cell[at] >= lines[0].length) {
            PyErr_Format(PyExc_IndexError, "no cell for mark %zd", at);
            goto done;
        }
    }
    for (Py_ssize_t at = 0; at < lines[1].length; at++)
        if (rows[at] >= lines[5].length) {
            PyErr_Format(PyExc_IndexError, "no row for event %zd", at);
            goto done;
        }
    for (Py_ssize_t at = 0; at < ones; at++)
        cells[rows[place[at]] * width + cell[at]]++;
    for (Py_ssize_t at = ones; at < count; at++)
        cells[rows[place[at]] * width + cell[at]] += amount[at - ones];
    for (Py_ssize_t at = 0; at < lines[1].length; at++)
        if (rows[at] >= 0)
            events[rows[at]]++;
    answer = Py_None;
done:
    while (held > 0)
        PyBuffer_Release(&lines[--held].view);
    return Py_XNewRef(answer);
}
