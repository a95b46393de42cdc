/* The sums of a batch of events, in C. */
#include "kernel.h"

static PyMethodDef methods[] = {
    {"floats", floats, METH_VARARGS, NULL},   {"ints", ints, METH_VARARGS, NULL},
    {"flags", flags, METH_VARARGS, NULL},     {"others", others, METH_VARARGS, NULL},
    {"pairs", pairs, METH_VARARGS, NULL},     {"entries", entries, METH_VARARGS, NULL},
    {"layouts", layouts, METH_VARARGS, NULL}, {"ranks", ranks, METH_VARARGS, NULL},
    {"mark", mark, METH_VARARGS, NULL},       {"profile", profile, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_kernel",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__kernel(void)
{
    fill_crc_table();
    return PyModule_Create(&definition);
}
