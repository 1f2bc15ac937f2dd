"""Repositories served on loopback as GitHub serves them: GraphQL by its own schema, and REST.

It never reaches the network, and starts no thread until it is asked to serve.
"""
