/* Cuts what a fetch brought into messages of columns: values, keys, offsets and times of records.
 *
 * It takes the ordinary batches, nearly all there are. At any other it stops, having taken nothing
 * of it, and leaves to Python what is to be done about it (record_batch.py).
 */
#include "reader.h"
#include <structmember.h>

enum { END, FULL, PACKED, ODD };

typedef struct {
    PyObject_HEAD
    /* What was fetched; the batch in hand is from `at` to `end`. */
    PyObject *raw;
    const uint8_t *bytes;
    Py_ssize_t size, at, end;
    Header header;
    /* Whether it is being taken, and what is left of it; `given` is what Python inflated. */
    int taking;
    int32_t left;
    const uint8_t *record, *records_end;
    PyObject *given;
    Space space;
    /* The limits, and whether checksums are looked at and transactions are left to Python. */
    Py_ssize_t cut, most, many, go;
    int checks, transactions;
    /* The message in the making. */
    PyObject *values, *keys;
    int64_t *offsets, *stamps;
    Py_ssize_t count, weight;
    int by_broker, keyed;
    /* Where reading began, how far it came, the bytes that were inflated. */
    long long first, reached;
    Py_ssize_t handed;
} ReaderObject;

static int
begin_message(ReaderObject *self)
{
    Py_XSETREF(self->values, PyList_New(0));
    Py_XSETREF(self->keys, PyList_New(0));
    self->count = self->weight = self->keyed = 0;
    self->by_broker = 1;
    return self->values && self->keys ? 0 : -1;
}

static PyObject *
make(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"raw", "first", "cut", "most", "many", "go", "checks", "transactions",
                            NULL};
    ReaderObject *self = (ReaderObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    PyObject *raw;
    if (!PyArg_ParseTupleAndKeywords(
            arguments, keywords, "SL$nnnnpp", names, &raw, &self->first, &self->cut, &self->most,
            &self->many, &self->go, &self->checks, &self->transactions))
        goto failed;
    if (self->cut < 1 || self->most < 0) {
        PyErr_SetString(PyExc_ValueError, "limits that nothing keeps to");
        goto failed;
    }
    self->raw = Py_NewRef(raw);
    self->bytes = (const uint8_t *)PyBytes_AS_STRING(raw);
    self->size = PyBytes_GET_SIZE(raw);
    self->reached = self->first;
    self->offsets = PyMem_New(int64_t, self->cut);
    self->stamps = PyMem_New(int64_t, self->cut);
    if (self->offsets == NULL || self->stamps == NULL) {
        PyErr_NoMemory();
        goto failed;
    }
    if (begin_message(self) == 0)
        return (PyObject *)self;
failed:
    Py_DECREF(self);
    return NULL;
}

static void
drop(ReaderObject *self)
{
    Py_XDECREF(self->raw);
    Py_XDECREF(self->given), Py_XDECREF(self->values), Py_XDECREF(self->keys);
    PyMem_Free(self->offsets);
    PyMem_Free(self->stamps);
    PyMem_Free(self->space.at);
    Py_TYPE(self)->tp_free(self);
}

/* Put bytes on a list, or None. */
static int
put(PyObject *list, const uint8_t *bytes, Py_ssize_t size)
{
    if (bytes == NULL)
        return PyList_Append(list, Py_None);
    PyObject *own = PyBytes_FromStringAndSize((const char *)bytes, size);
    if (own == NULL)
        return -1;
    int done = PyList_Append(list, own);
    Py_DECREF(own);
    return done;
}

/* Take records of the batch in hand until the message is full. */
static int
take_records(ReaderObject *self)
{
    const Header *header = &self->header;
    Record record;
    while (self->left && self->count < self->cut) {
        if (read_record(&self->record, self->records_end, &record) < 0) {
            PyErr_SetString(PyExc_SystemError, "records have changed since they were looked at");
            return -1;
        }
        self->left--;
        int64_t offset = header->base + record.offset_delta;
        if (offset < self->first)
            continue;
        if (put(self->values, record.value, record.value_size) < 0)
            return -1;
        if (put(self->keys, record.key, record.key_size) < 0)
            return -1;
        uint64_t stamp = (uint64_t)header->first_stamp + (uint64_t)record.stamp_delta;
        int by_broker = header->attributes & BY_BROKER;
        self->keyed |= record.key != NULL;
        self->weight += record.value ? record.value_size : 0;
        self->by_broker &= by_broker && header->last_stamp > 0;
        self->offsets[self->count] = offset;
        self->stamps[self->count++] = by_broker ? header->last_stamp : (int64_t)stamp;
        self->reached = offset + 1;
    }
    if (self->taking && !self->left) {
        self->taking = 0;
        Py_CLEAR(self->given);
        if (header->next > self->reached)
            self->reached = header->next;
    }
    return 0;
}

/* Look at the batch behind the one in hand: 0, or what to say of it. */
static int
open_batch(ReaderObject *self)
{
    const uint8_t *at = self->bytes + self->end;
    Py_ssize_t rest = self->size - self->end;
    if (self->handed >= self->go || rest < 12)
        return END;
    int64_t length = (int32_t)big(at + 8, 4);
    if (length < 0 || length > rest - 12)
        return END;
    self->at = self->end;
    self->end += 12 + (Py_ssize_t)length;
    if (12 + length < HEADER || at[16] != 2)
        return ODD;
    if (self->checks && crc32c(at + 21, (size_t)length + 12 - 21) != big(at + 17, 4))
        return ODD;
    Header *header = &self->header;
    if (read_header(at, header) < 0 || header->last_delta > self->many)
        return ODD;
    if (self->transactions && header->attributes & (TRANSACTIONAL | CONTROL))
        return ODD;
    return FULL;
}

/* Have these records in hand; whether they are what the header tells. */
static int
hold(ReaderObject *self, const uint8_t *bytes, size_t size)
{
    if (size > (size_t)self->most || !are_records(bytes, bytes + size, &self->header))
        return 0;
    self->record = bytes;
    self->records_end = bytes + size;
    self->left = self->header.count;
    return self->taking = 1;
}

/* Go on to the next batch: END, FULL for one that is in hand, PACKED or ODD. */
static int
next_batch(ReaderObject *self)
{
    int found = open_batch(self);
    if (found != FULL)
        return found;
    if (self->header.attributes & CONTROL) {
        self->taking = 1;
        return FULL;
    }
    const uint8_t *records = self->bytes + self->at + HEADER;
    size_t size = (size_t)(self->end - self->at - HEADER);
    switch (self->header.attributes & CODEC) {
    case PLAIN:
        return hold(self, records, size) ? FULL : ODD;
    case LZ4:
        if (inflate_lz4(records, size, (size_t)self->most, &self->space) < 0)
            return ODD;
        self->handed += (Py_ssize_t)self->space.size;
        return hold(self, self->space.at, self->space.size) ? FULL : ODD;
    default:
        return PACKED;
    }
}

static PyObject *
read_on(ReaderObject *self, PyObject *unused)
{
    int found = FULL;
    do {
        if (take_records(self) < 0)
            return NULL;
        if (self->count == self->cut)
            return PyLong_FromLong(FULL);
        found = next_batch(self);
    } while (found == FULL);
    return PyLong_FromLong(found);
}

static PyObject *
take(ReaderObject *self, PyObject *unused)
{
    Py_ssize_t size = self->count * (Py_ssize_t)sizeof(int64_t);
    PyObject *message = Py_BuildValue(
        "(Oy#y#OnO)", self->values, (char *)self->offsets, size, (char *)self->stamps, size,
        self->keyed ? self->keys : Py_None, self->weight,
        self->by_broker && self->count ? Py_True : Py_False);
    if (message == NULL || begin_message(self) < 0) {
        Py_XDECREF(message);
        return NULL;
    }
    return message;
}

static PyObject *
give(ReaderObject *self, PyObject *inflated)
{
    if (!PyBytes_Check(inflated)) {
        PyErr_SetString(PyExc_TypeError, "inflated records are bytes");
        return NULL;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(inflated);
    if (!hold(self, (const uint8_t *)PyBytes_AS_STRING(inflated), (size_t)size))
        Py_RETURN_FALSE;
    self->given = Py_NewRef(inflated);
    self->handed += size;
    Py_RETURN_TRUE;
}

static PyObject *
pass_over(ReaderObject *self, PyObject *reached)
{
    long long to = PyLong_AsLongLong(reached);
    if (to == -1 && PyErr_Occurred())
        return NULL;
    if (to > self->reached)
        self->first = self->reached = to;
    Py_RETURN_NONE;
}

static PyObject *
packed(ReaderObject *self, void *unused)
{
    const char *records = (const char *)self->bytes + self->at + HEADER;
    Py_ssize_t size = self->end - self->at - HEADER;
    return Py_BuildValue("(iy#)", self->header.attributes & CODEC, records, size);
}

static PyMethodDef methods[] = {
    {"read", (PyCFunction)read_on, METH_NOARGS, NULL},
    {"take", (PyCFunction)take, METH_NOARGS, NULL},
    {"give", (PyCFunction)give, METH_O, NULL},
    {"pass_over", (PyCFunction)pass_over, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef computed[] = {
    {"packed", (getter)packed, NULL, NULL, NULL}, /* of which codec, and what */
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"at", T_PYSSIZET, offsetof(ReaderObject, at), READONLY, NULL},
    {"end", T_PYSSIZET, offsetof(ReaderObject, end), READONLY, NULL},
    {"count", T_PYSSIZET, offsetof(ReaderObject, count), READONLY, NULL},
    {"reached", T_LONGLONG, offsetof(ReaderObject, reached), READONLY, NULL},
    {"handed", T_PYSSIZET, offsetof(ReaderObject, handed), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject Reader = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "streamgauge.stream_processors._reader.Reader",
    .tp_basicsize = sizeof(ReaderObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = make,
    .tp_dealloc = (destructor)drop,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = computed,
};
