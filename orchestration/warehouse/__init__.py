"""What differs between the engines a warehouse can be."""
