"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:adb2d406ac46e19b3197e1be0c425650f58b70c28dbd538fb9d9e15804a3deca
"""
