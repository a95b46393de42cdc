/* Which of the different values each event has. */
#include "kernel.h"

/* The number of `key` in `known`, the next one where it is new; appended to `order` then. */
static int64_t
code_of(PyObject *known, PyObject *key, PyObject *order, PyObject *name)
{
    PyObject *held = PyDict_GetItemWithError(known, key);
    if (held != NULL)
        return PyLong_AsLongLong(held);
    if (PyErr_Occurred())
        return -1;
    PyObject *fresh = PyLong_FromSsize_t(PyList_GET_SIZE(order));
    if (fresh == NULL)
        return -1;
    int failed = PyDict_SetItem(known, key, fresh) < 0 || PyList_Append(order, name) < 0;
    int64_t code = PyLong_AsLongLong(fresh);
    Py_DECREF(fresh);
    return failed ? -1 : code;
}

/* The code of a pair of strings, by way of a dictionary for each first one. */
static int64_t
code_of_pair(PyObject *known, PyObject *first, PyObject *second, PyObject *order)
{
    PyObject *inner = PyDict_GetItemWithError(known, first);
    if (inner == NULL) {
        if (PyErr_Occurred() || (inner = PyDict_New()) == NULL)
            return -1;
        int failed = PyDict_SetItem(known, first, inner) < 0;
        Py_DECREF(inner);
        if (failed)
            return -1;
    }
    PyObject *held = PyDict_GetItemWithError(inner, second);
    if (held != NULL)
        return PyLong_AsLongLong(held);
    PyObject *pair = PyErr_Occurred() ? NULL : PyTuple_Pack(2, first, second);
    if (pair == NULL)
        return -1;
    int64_t code = code_of(inner, second, order, pair);
    Py_DECREF(pair);
    return code;
}

/* What the code of an event is made of, and the codes so far. */
typedef struct {
    PyObject *known, *order;
    PyObject *first, *second, *name;
    Py_ssize_t one, two, last;
} Coding;

typedef int64_t (*Code)(Coding *, PyObject *event);

/* Write the code of each event, and return what the codes stand for. */
static PyObject *
code_all(PyObject *events, PyObject *out, Coding *coding, Code code)
{
    Py_ssize_t count = PyList_GET_SIZE(events);
    PyObject *answer = NULL;
    Line line;
    if (line_of(out, "lq", 8, 1, &line) < 0)
        return NULL;
    coding->known = PyDict_New();
    coding->order = PyList_New(0);
    if (!coding->known || !coding->order || fits(count, line.length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < count; at++) {
        int64_t found = code(coding, PyList_GET_ITEM(events, at));
        if (found < 0)
            goto done;
        ((int64_t *)line.at)[at] = found;
    }
    answer = Py_NewRef(coding->order);
done:
    Py_XDECREF(coding->known);
    Py_XDECREF(coding->order);
    PyBuffer_Release(&line.view);
    return answer;
}

static int64_t
pair(Coding *coding, PyObject *event)
{
    PyObject *left = field_of(event, coding->first, coding->one);
    PyObject *right = left == NULL ? NULL : field_of(event, coding->second, coding->two);
    return right == NULL ? -1 : code_of_pair(coding->known, left, right, coding->order);
}

PyObject *
pairs(PyObject *module, PyObject *arguments)
{
    PyObject *events, *out;
    Coding by = {0};
    if (!PyArg_ParseTuple(arguments, "O!OOO", &PyList_Type, &events, &by.first, &by.second, &out))
        return NULL;
    by.one = slot_of(by.first);
    by.two = slot_of(by.second);
    return by.one < 0 || by.two < 0 ? NULL : code_all(events, out, &by, pair);
}

static int64_t
entry(Coding *coding, PyObject *event)
{
    PyObject *value = field_of(event, coding->first, coding->one);
    if (value == NULL)
        return -1;
    if (coding->name != Py_None) {
        if (!PyDict_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "a field that is no dictionary");
            return -1;
        }
        value = PyDict_GetItemWithError(value, coding->name);
        if (value == NULL && PyErr_Occurred())
            return -1;
        value = value == NULL ? Py_None : value;
    }
    return code_of(coding->known, value, coding->order, value);
}

/* Of a field itself where `name` is None, else of what its dictionary has under that name. */
PyObject *
entries(PyObject *module, PyObject *arguments)
{
    PyObject *events, *out;
    Coding by = {0};
    if (!PyArg_ParseTuple(arguments, "O!OOO", &PyList_Type, &events, &by.first, &by.name, &out))
        return NULL;
    by.one = slot_of(by.first);
    return by.one < 0 ? NULL : code_all(events, out, &by, entry);
}

static int64_t
layout(Coding *coding, PyObject *features)
{
    if (!PyDict_CheckExact(features)) {
        PyErr_SetString(PyExc_TypeError, "features that are no dictionary");
        return -1;
    }
    PyObject *order = coding->order;
    Py_ssize_t of = coding->last, size = PyList_GET_SIZE(order);
    if (of >= size || !named(features, PyList_GET_ITEM(order, of)))
        for (of = 0; of < size && !named(features, PyList_GET_ITEM(order, of)); of++)
            ;
    if (of == size) {
        PyObject *names = PySequence_Tuple(features);
        int failed = names == NULL || PyList_Append(order, names) < 0;
        Py_XDECREF(names);
        if (failed)
            return -1;
    }
    return coding->last = of;
}

/* Which of the different layouts each event has, and their names in the order they came. */
PyObject *
layouts(PyObject *module, PyObject *arguments)
{
    PyObject *events, *out;
    Coding by = {0};
    if (!PyArg_ParseTuple(arguments, "O!O", &PyList_Type, &events, &out))
        return NULL;
    return code_all(events, out, &by, layout);
}
