"""Jobs that finish: on one machine (`local`) and on a cluster (`datatrove`)."""
