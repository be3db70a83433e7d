"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:49f22bbaa70b9e45239e605fdee11999176db5cce9e5c53cd02a1247a06510f0
"""
