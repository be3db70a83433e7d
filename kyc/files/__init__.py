"""What a file is, found out from its bytes. Nothing here knows Django: it runs in a process of its own (inspecting.py)."""
