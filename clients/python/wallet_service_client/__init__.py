"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:7e1e5857e7b25612dd47c312e02d14cfeed5effc4f5a95d08530f30636a3fabc
"""
