/* What the files of the kernel share: arguments, and the slots of events.
 *
 * Every function of the kernel does what gather.py, series_table.py or profile.py do in Python, bit
 * for bit, or says that it cannot and has changed nothing; tests/metrics/test_kernel.py holds both
 * equal. Fields are read from the slots of msgspec structs, which their member descriptors name.
 */
#ifndef STREAMGAUGE_KERNEL_H
#define STREAMGAUGE_KERNEL_H
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

typedef struct {
    Py_buffer view;
    void *at;
    Py_ssize_t length;
} Line;

/* A contiguous array of items of `size` bytes whose format is one of `kinds`. */
static inline int
line_of(PyObject *array, const char *kinds, Py_ssize_t size, int writable, Line *line)
{
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array, &line->view, flags) < 0)
        return -1;
    const char *format = line->view.format ? line->view.format : "B";
    if (line->view.itemsize != size || strlen(format) != 1 || !strchr(kinds, format[0])) {
        PyErr_Format(PyExc_TypeError, "an array of %s, not of %s", format, kinds);
        PyBuffer_Release(&line->view);
        return -1;
    }
    line->at = line->view.buf;
    line->length = line->view.len / size;
    return 0;
}

static inline PyObject *
fits(Py_ssize_t wanted, Py_ssize_t have)
{
    if (wanted <= have)
        return Py_None;
    PyErr_Format(PyExc_ValueError, "%zd entries where %zd are needed", have, wanted);
    return NULL;
}

/* Where the slot of a field is; -1 with an error for what is no slot. */
static inline Py_ssize_t
slot_of(PyObject *member)
{
    if (!Py_IS_TYPE(member, &PyMemberDescr_Type)) {
        PyErr_SetString(PyExc_TypeError, "not the member descriptor of a slot");
        return -1;
    }
    PyMemberDef *found = ((PyMemberDescrObject *)member)->d_member;
    if (found->type != T_OBJECT_EX && found->type != T_OBJECT) {
        PyErr_SetString(PyExc_TypeError, "not a slot that holds an object");
        return -1;
    }
    return found->offset;
}

/* Borrowed; NULL with an error where `event` is of another type or the slot is empty. */
static inline PyObject *
field_of(PyObject *event, PyObject *member, Py_ssize_t slot)
{
    if (!PyObject_TypeCheck(event, PyDescr_TYPE(member))) {
        PyErr_Format(PyExc_TypeError, "an event of type %.80s", Py_TYPE(event)->tp_name);
        return NULL;
    }
    PyObject *value = *(PyObject **)((char *)event + slot);
    if (value == NULL)
        PyErr_SetString(PyExc_AttributeError, "an event with an empty slot");
    return value;
}

/* Whether a dictionary has these names in this order. */
static inline int
named(PyObject *features, PyObject *names)
{
    PyObject *name, *value;
    Py_ssize_t next = 0;
    if (PyDict_GET_SIZE(features) != PyTuple_GET_SIZE(names))
        return 0;
    for (Py_ssize_t at = 0; PyDict_Next(features, &next, &name, &value); at++) {
        PyObject *wanted = PyTuple_GET_ITEM(names, at);
        if (name != wanted && PyUnicode_Compare(name, wanted) != 0)
            return 0;
    }
    return 1;
}

#define FUNCTION(name) PyObject *name(PyObject *module, PyObject *arguments)
FUNCTION(floats);
FUNCTION(ints);
FUNCTION(flags);
FUNCTION(others);
FUNCTION(pairs);
FUNCTION(entries);
FUNCTION(layouts);
FUNCTION(ranks);
FUNCTION(mark);
FUNCTION(profile);

void fill_crc_table(void);

#endif
