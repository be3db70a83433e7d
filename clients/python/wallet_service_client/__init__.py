"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:d38287e560f7545b8e02268991867853307d78a63e38009b24ed0998b9516cb7
"""
