"""Watches what serves: is it as good on fresh data as when it was released?"""
