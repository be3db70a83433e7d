"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:1fd7a4cecd9354831e7b1ffc3ad224c13cbe4aaea5909b1ff0c88ef33d453815
"""
