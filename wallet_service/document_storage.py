"""Where documents are kept, read from the environment: a folder that only the service may read, or a bucket."""

from pathlib import Path

from wallet_service import environment


def document_storage(folder: Path) -> dict[str, object]:
    """For `STORAGES`: the bucket that DOCUMENTS_S3_BUCKET names, else `folder`.

    The bucket's credentials are found where every client of S3 finds them (AWS_ACCESS_KEY_ID, a role, …).
    """
    bucket = environment.text("DOCUMENTS_S3_BUCKET")
    if not bucket:
        options = {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": environment.text("DOCUMENTS_S3_PREFIX"),
            "region_name": environment.text("DOCUMENTS_S3_REGION") or None,
            "endpoint_url": environment.text("DOCUMENTS_S3_ENDPOINT") or None,
            "addressing_style": environment.text("DOCUMENTS_S3_ADDRESSING", "auto"),
            "signature_version": "s3v4",
            "default_acl": _acl(),
            "object_parameters": _encryption(),
            # Names are drawn, and never drawn twice: nobody has to ask whether one is taken.
            "file_overwrite": True,
            "querystring_auth": True,
        },
    }


def _acl() -> str | None:
    """`none` for a bucket whose access lists are off, which refuses to be given one."""
    acl = environment.text("DOCUMENTS_S3_ACL", "private")
    return None if acl == "none" else acl


def _encryption() -> dict[str, str]:
    """By the bucket, on top of ours; `none` for a server that has no keys of its own."""
    kind = environment.text("DOCUMENTS_S3_ENCRYPTION", "AES256")
    return {} if kind == "none" else {"ServerSideEncryption": kind}
