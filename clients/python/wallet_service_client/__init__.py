"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:820d1b9d998682ae7c6c42b0b9f195333a995e7b87fd9aca3a918cb7dc0bd635
"""
