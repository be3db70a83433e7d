"""Clients of the wallet service, one package a namespace. Made by `make clients` from docs/openapi; do not edit.

sha256:0318aec1d157713a5726de2830d25655f615fcf03bfca3bfdf041ee79c94c954
"""
