"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:e0cdbc336e896729ef897ebf771669e03bcf185c541c91a9b2df0dd48d6febc1
"""
