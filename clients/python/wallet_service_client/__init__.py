"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:6a4a75882d5685c1e4317f165436ffda80e87cc29cf0c9bbaecb2140df8626b1
"""
