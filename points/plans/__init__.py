"""Periodic grants and charges: every so many days each wallet gains, or pays.

A plan says what, who and how often (`services`); its periods are counted from when it was saved (`periods`). A run is one
period of it, gone through wallet by wallet (`running`), each of them at most once (the key `plan:<plan>:<period>`).
"""
