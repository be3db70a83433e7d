"""Periodic grants and charges: every so many days each wallet gains, or pays.

A plan says what, who and how often (`services`), and a second manager that it may (`approving`); its periods are counted
from when it was saved (`periods`). A run is one period of it, begun once (`beginning`) and gone through wallet by wallet
(`running`), each of them at most once (the key `plan:<plan>:<period>`). `rows` holds both against their audit rows.
"""
