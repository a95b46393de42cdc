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

PyObject *
pairs(PyObject *module, PyObject *arguments)
{
    PyObject *events, *first, *second, *out, *answer = NULL;
    if (!PyArg_ParseTuple(arguments, "O!OOO", &PyList_Type, &events, &first, &second, &out))
        return NULL;
    Py_ssize_t one = slot_of(first), two = slot_of(second), count = PyList_GET_SIZE(events);
    Line line;
    if (one < 0 || two < 0 || line_of(out, "lq", 8, 1, &line) < 0)
        return NULL;
    PyObject *known = PyDict_New(), *order = PyList_New(0);
    if (known == NULL || order == NULL || fits(count, line.length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *event = PyList_GET_ITEM(events, at);
        PyObject *left = field_of(event, first, one);
        PyObject *right = left == NULL ? NULL : field_of(event, second, two);
        int64_t code = right == NULL ? -1 : code_of_pair(known, left, right, order);
        if (code < 0)
            goto done;
        ((int64_t *)line.at)[at] = code;
    }
    answer = Py_NewRef(order);
done:
    Py_XDECREF(known);
    Py_XDECREF(order);
    PyBuffer_Release(&line.view);
    return answer;
}

/* Of a field itself where `name` is None, else of what its dictionary has under that name. */
PyObject *
entries(PyObject *module, PyObject *arguments)
{
    PyObject *events, *member, *name, *out, *answer = NULL;
    if (!PyArg_ParseTuple(arguments, "O!OOO", &PyList_Type, &events, &member, &name, &out))
        return NULL;
    Py_ssize_t slot = slot_of(member), count = PyList_GET_SIZE(events);
    Line line;
    if (slot < 0 || line_of(out, "lq", 8, 1, &line) < 0)
        return NULL;
    PyObject *known = PyDict_New(), *order = PyList_New(0);
    if (known == NULL || order == NULL || fits(count, line.length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *value = field_of(PyList_GET_ITEM(events, at), member, slot);
        if (value == NULL)
            goto done;
        if (name != Py_None) {
            if (!PyDict_Check(value)) {
                PyErr_SetString(PyExc_TypeError, "a field that is no dictionary");
                goto done;
            }
            value = PyDict_GetItemWithError(value, name);
            if (value == NULL && PyErr_Occurred())
                goto done;
            value = value == NULL ? Py_None : value;
        }
        int64_t code = code_of(known, value, order, value);
        if (code < 0)
            goto done;
        ((int64_t *)line.at)[at] = code;
    }
    answer = Py_NewRef(order);
done:
    Py_XDECREF(known);
    Py_XDECREF(order);
    PyBuffer_Release(&line.view);
    return answer;
}

/* Which of the different layouts each event has, and their names in the order they came. */
PyObject *
layouts(PyObject *module, PyObject *arguments)
{
    PyObject *events, *out, *answer = NULL;
    if (!PyArg_ParseTuple(arguments, "O!O", &PyList_Type, &events, &out))
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(events), last = 0;
    Line line;
    if (line_of(out, "lq", 8, 1, &line) < 0)
        return NULL;
    PyObject *known = PyList_New(0);
    if (known == NULL || fits(count, line.length) == NULL)
        goto done;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *features = PyList_GET_ITEM(events, at);
        if (!PyDict_CheckExact(features)) {
            PyErr_SetString(PyExc_TypeError, "features that are no dictionary");
            goto done;
        }
        Py_ssize_t of = last, size = PyList_GET_SIZE(known);
        if (of >= size || !named(features, PyList_GET_ITEM(known, of)))
            for (of = 0; of < size && !named(features, PyList_GET_ITEM(known, of)); of++)
                ;
        if (of == size) {
            PyObject *names = PySequence_Tuple(features);
            if (names == NULL || PyList_Append(known, names) < 0) {
                Py_XDECREF(names);
                goto done;
            }
            Py_DECREF(names);
        }
        ((int64_t *)line.at)[at] = last = of;
    }
    answer = Py_NewRef(known);
done:
    Py_XDECREF(known);
    PyBuffer_Release(&line.view);
    return answer;
}
