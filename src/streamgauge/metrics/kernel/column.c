/* Fields of events as arrays. */
#include "kernel.h"

enum Kind { FLOATS, INTS, FLAGS };

/* 1: written, 0: no number of this kind, -1: an error. */
static inline int
write_number(enum Kind kind, PyObject *value, void *to)
{
    if (kind == FLOATS) {
        if (PyFloat_CheckExact(value))
            *(double *)to = PyFloat_AS_DOUBLE(value);
        else if (value == Py_None)
            *(double *)to = Py_NAN;
        else
            return 0;
        return 1;
    }
    if (kind == FLAGS) {
        if (value != Py_None && value != Py_True && value != Py_False)
            return 0;
        *(int64_t *)to = value == Py_None ? -1 : value == Py_True;
        return 1;
    }
    if (!PyLong_CheckExact(value))
        return 0;
    *(int64_t *)to = PyLong_AsLongLong(value);
    return *(int64_t *)to == -1 && PyErr_Occurred() ? -1 : 1;
}

static PyObject *
column(PyObject *arguments, enum Kind kind)
{
    PyObject *events, *member, *out;
    if (!PyArg_ParseTuple(arguments, "O!OO", &PyList_Type, &events, &member, &out))
        return NULL;
    Py_ssize_t slot = slot_of(member), count = PyList_GET_SIZE(events);
    Line line;
    if (slot < 0 || line_of(out, kind == FLOATS ? "d" : "lq", 8, 1, &line) < 0)
        return NULL;
    PyObject *answer = fits(count, line.length) ? Py_True : NULL;
    for (Py_ssize_t at = 0; answer == Py_True && at < count; at++) {
        PyObject *value = field_of(PyList_GET_ITEM(events, at), member, slot);
        int done = value == NULL ? -1 : write_number(kind, value, (char *)line.at + 8 * at);
        if (done < 1)
            answer = done < 0 ? NULL : Py_False;
    }
    PyBuffer_Release(&line.view);
    return Py_XNewRef(answer);
}

PyObject *
floats(PyObject *module, PyObject *arguments)
{
    return column(arguments, FLOATS);
}

PyObject *
ints(PyObject *module, PyObject *arguments)
{
    return column(arguments, INTS);
}

PyObject *
flags(PyObject *module, PyObject *arguments)
{
    return column(arguments, FLAGS);
}

/* The places of the events whose field is another object than this one. */
PyObject *
others(PyObject *module, PyObject *arguments)
{
    PyObject *events, *member, *value;
    if (!PyArg_ParseTuple(arguments, "O!OO", &PyList_Type, &events, &member, &value))
        return NULL;
    Py_ssize_t slot = slot_of(member);
    PyObject *places = slot < 0 ? NULL : PyList_New(0);
    for (Py_ssize_t at = 0; places != NULL && at < PyList_GET_SIZE(events); at++) {
        PyObject *found = field_of(PyList_GET_ITEM(events, at), member, slot);
        if (found == value)
            continue;
        PyObject *place = found == NULL ? NULL : PyLong_FromSsize_t(at);
        if (place == NULL || PyList_Append(places, place) < 0)
            Py_CLEAR(places);
        Py_XDECREF(place);
    }
    return places;
}
