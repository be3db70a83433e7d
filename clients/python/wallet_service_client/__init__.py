"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:2dfb347ebc139c58014120e32cc5bf63e4f884a5d45f69fb2aa54075e400956d
"""
