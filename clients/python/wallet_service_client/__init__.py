"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:810de7213ca5a42974b71e6d96c98dcda98a064e0def4c186c682b0dcdc5f683
"""
