"""What the peers that are libraries need to be servers: the least that serves the requests of the measure."""
