"""An independent model of the lifecycle, and adversarial histories to compare it on."""
