"""Bulk export (Bulk Data Access 2.0, https://hl7.org/fhir/uv/bulkdata/STU2/): asked by the web, done by the worker.

    request    what is asked, from parameters to a value and back           refuses
    selection  which of the versions belong to it                           pure but for look-ups
    files      NDJSON, deflated, appended to, and read back                 files
    slices     one slice after the other: files made durable, then the job  store/
    auditing   who asked, and who took the files                            store/
    manifest   what a caller is told once it is done

An export is the state at the number of the last version when it was asked for. A slice is a range of numbers; the
job's row says up to where it is done and how much of each file counts. Whatever a killed worker wrote beyond is not
read: the next lease writes files of its own. A resource is therefore in the files once.
"""
