"""The State portal « démarche numérique » (GraphQL API v2): where teams are declared. Read only."""
