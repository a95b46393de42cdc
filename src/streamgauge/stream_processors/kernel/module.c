/* Reads what a fetch brought, in C. */
#include "reader.h"

static PyObject *
crc(PyObject *module, PyObject *bytes)
{
    if (!PyBytes_Check(bytes)) {
        PyErr_SetString(PyExc_TypeError, "a checksum is of bytes");
        return NULL;
    }
    size_t size = (size_t)PyBytes_GET_SIZE(bytes);
    return PyLong_FromUnsignedLong(crc32c((const uint8_t *)PyBytes_AS_STRING(bytes), size));
}

static PyMethodDef functions[] = {
    {"crc32c", crc, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_reader",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__reader(void)
{
    fill_crc32c();
    PyObject *module = PyType_Ready(&Reader) < 0 ? NULL : PyModule_Create(&definition);
    if (module && PyModule_AddObjectRef(module, "Reader", (PyObject *)&Reader) < 0)
        Py_CLEAR(module);
    return module;
}
