"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:d826f8eb975dc1c2665891f228cd37ee5f40bdbe3451188b91e42c410b29e741
"""
