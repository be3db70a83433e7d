"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:1ba849e279cc1cabb7bac816ac9075ea02860f2780b2e116f0b96bbff1f27f19
"""
