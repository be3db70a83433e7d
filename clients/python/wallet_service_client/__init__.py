"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:ac4269a78801264bd68b0f803c7653f5060d127f08329a7b79727a8bba71ad51
"""
